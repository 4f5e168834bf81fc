package script

import (
	"context"
	"fmt"
	"time"
)

// Run runs the files one after the other, each in its own temporary folder and
// with its own Scene, and writes how each went to cfg.Stdout and cfg.Stderr. A
// file that fails does not keep the next from running.
//
// It returns after all goroutines it started have ended. The error is ctx's,
// with the report up to there, or that of writing to cfg.Stdout or cfg.Stderr;
// failures of files are in the report alone.
func Run(ctx context.Context, cfg Config, files []string) (Report, error) {
	var report Report
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		start := time.Now()
		f := newFile(cfg, name)
		failure := f.run(ctx)
		res := Result{File: name, Took: time.Since(start), Failure: failure}
		report.Results = append(report.Results, res)
		if failure != nil {
			f.log.failure(failure)
		}
		if f.log.err != nil {
			return report, f.log.err
		}
		each := cfg.Each
		if each == nil {
			each = cfg.line
		}
		if err := each(res); err != nil {
			return report, err
		}
	}
	return report, ctx.Err()
}

// line is what people get of a file.
func (cfg Config) line(res Result) error {
	word := "ok  "
	if res.Failure != nil {
		word = "FAIL"
	}
	_, err := fmt.Fprintf(cfg.Stdout, "%s  %s  %.2fs\n", word, res.File, res.Took.Seconds())
	return err
}
