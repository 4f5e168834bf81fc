package script

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
	engine "rsc.io/script"
)

// A file is one script being run. Only the goroutine in run uses it; verbs in
// the background have jobs of their own.
type file struct {
	cfg    Config
	name   string
	log    *transcript
	scene  *Scene         // set by run
	engine *engine.Engine // set by begin
	state  *engine.State  // set by begin; a cleanup line's own while that is run

	step    *step  // the line that is being run
	jobs    []*job // those whose wait has not been called, in order
	input   []byte // for the next verb, from `stdin FILE`
	stopped bool   // by `stop`

	cleanups []*step // of `cleanup`, in order
}

// A step is one line of a script.
type step struct {
	line  int
	text  string // as written
	rest  string // without its prefix, for the engine
	want  want
	shows bool // the engine's stdout and stderr are this line's
}

func newFile(cfg Config, name string) *file {
	return &file{cfg: cfg, name: name, log: newTranscript(cfg, name)}
}

// run runs the whole file. The temporary folder and the scene are gone when it
// returns.
func (f *file) run(ctx context.Context) (failure *Failure) {
	archive, err := readArchive(f.name)
	if err != nil {
		return f.fail(err, codeUsage)
	}
	dir, err := os.MkdirTemp("", "farsock-script-")
	if err != nil {
		return f.fail(err, codeUsage)
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil && failure == nil {
			failure = f.fail(err, codeUsage)
		}
	}()
	scene, err := f.cfg.Begin(ctx, f.name)
	if err != nil {
		return f.fail(err, f.codeOf(ctx, err))
	}
	f.scene = scene
	if scene.End != nil {
		defer func() {
			// Also an interrupted script closes its sessions.
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), EndTimeout)
			defer cancel()
			if err := scene.End(end); err != nil && failure == nil {
				failure = f.fail(err, exitCode(err, codeAgent))
			}
		}()
	}
	if err := f.begin(ctx, dir, archive); err != nil {
		return f.fail(err, codeUsage)
	}
	failure = f.lines(ctx, string(archive.Comment))
	f.finish()
	return f.cleanUp(ctx, failure)
}

func readArchive(name string) (*txtar.Archive, error) {
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxFile {
		return nil, usagef("larger than %d bytes", MaxFile)
	}
	return txtar.Parse(data), nil
}

func (f *file) begin(ctx context.Context, dir string, archive *txtar.Archive) error {
	cmds, err := f.commands(f.scene)
	if err != nil {
		return err
	}
	f.engine = &engine.Engine{Cmds: cmds, Conds: conditions()}
	// A nil environment would mean the process's own to the engine.
	env := append([]string{}, f.scene.Env...)
	// On some systems the temporary folder's name has a symbolic link in it.
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	f.state, err = engine.NewState(ctx, dir, env)
	if err != nil {
		return err
	}
	return f.state.ExtractFiles(archive)
}

// lines runs line by line until one fails, `stop`, or the end, where it waits
// for what still runs in the background. A script without any is no success: it
// is rather the wrong file.
func (f *file) lines(ctx context.Context, text string) *Failure {
	n, ran := 0, 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			f.log.comment(line)
			continue
		}
		ran++
		if failure := f.runLine(ctx, n, line); failure != nil {
			return failure
		}
		if f.stopped {
			break
		}
	}
	if ran == 0 {
		return f.fail(usagef("there is no line to run"), codeUsage)
	}
	if len(f.jobs) == 0 {
		return nil
	}
	return f.runLine(ctx, n+1, "wait # added: something still runs in the background")
}

// runLine reads one line and runs it.
func (f *file) runLine(ctx context.Context, n int, line string) *Failure {
	st := &step{line: n, text: strings.TrimSpace(line)}
	var err error
	if st.rest, st.want, err = splitPrefix(line); err == nil {
		st.rest, err = plainQuotes(st.rest)
	}
	if err != nil {
		f.log.begin(st)
		return f.lineFailure(st, err)
	}
	return f.execute(ctx, st)
}

// execute hands one line to the engine.
func (f *file) execute(ctx context.Context, st *step) *Failure {
	f.step = st
	f.log.begin(st)
	if word := commandName(st); strings.HasPrefix(word, "-") {
		f.engine.Cmds[word] = f.leading(word)
		defer delete(f.engine.Cmds, word)
	}
	one := bufio.NewReader(strings.NewReader(st.rest))
	err := f.engine.Execute(f.state, f.name, one, io.Discard)
	var failure *Failure
	told := errors.As(err, &failure) && failure.Line == st.line // with its output, as a failure
	if st.shows && !told {
		f.log.output(f.state.Stdout(), f.state.Stderr())
	}
	if err == nil {
		f.jobs = slices.DeleteFunc(f.jobs, func(j *job) bool { return j.waited })
		return nil
	}
	if ctx.Err() != nil {
		return f.interrupted(ctx, st)
	}
	return f.lineFailure(st, err)
}

// interrupted is a line that ctx ended.
func (f *file) interrupted(ctx context.Context, st *step) *Failure {
	code := codeInterrupted
	if errors.Is(context.Cause(ctx), errCleanupTimeout) {
		code = codeElapsed
	}
	return &Failure{File: f.name, Line: st.line, Text: st.text, Code: code, Err: context.Cause(ctx)}
}

// lineFailure takes the engine's wrapping off an error: its line numbers count
// from the one line it was given.
func (f *file) lineFailure(st *step, err error) *Failure {
	var command *engine.CommandError
	isCommand := errors.As(err, &command)
	var failure *Failure
	if errors.As(err, &failure) {
		if failure.Line == st.line && isCommand {
			failure.args = command.Args
		}
		return failure
	}
	// `wait` joins the errors of the jobs in a type that does not unwrap when
	// there are several: the first one is the one to look at.
	for _, j := range f.jobs {
		if j.failure != nil {
			return j.failure
		}
	}
	reason := err
	if name := commandName(st); isCommand && name != "" && f.engine.Cmds[name] == nil {
		reason = f.unknown(name)
	} else if isCommand {
		reason = command.Err
	} else if inner := errors.Unwrap(err); inner != nil {
		reason = inner
	}
	return &Failure{File: f.name, Line: st.line, Text: st.text, Code: codeUsage, Err: reason}
}

// finish ends what still runs in the background and waits for it. After a line
// failed nobody asks how those end, but which of them had failed before is
// part of the transcript.
func (f *file) finish() {
	for _, j := range f.jobs {
		f.log.background(j)
	}
	// Its error is those jobs' again.
	_ = f.state.CloseAndWait(io.Discard)
}

func (f *file) fail(err error, code int) *Failure {
	return &Failure{File: f.name, Code: code, Err: err}
}

// codeOf is the exit code for an error of Begin.
func (f *file) codeOf(ctx context.Context, err error) int {
	if ctx.Err() != nil {
		return codeInterrupted
	}
	return exitCode(err, codeAgent)
}
