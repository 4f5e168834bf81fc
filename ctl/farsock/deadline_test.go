package farsock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeadline()
		if d.expired() {
			t.Error("a new deadline has passed")
		}
		d.set(time.Now().Add(time.Second))
		waiting := d.done()
		d.set(time.Now().Add(3 * time.Second))
		time.Sleep(2 * time.Second) // fake time
		if d.expired() {
			t.Error("the first deadline still counts")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !d.expired() {
			t.Error("the second deadline did not pass")
		}
		select {
		case <-waiting:
		default:
			t.Error("who waited before the move was forgotten")
		}
		d.set(time.Time{})
		if d.expired() {
			t.Error("no deadline, and it has passed")
		}
		d.set(time.Now().Add(-time.Second))
		if !d.expired() {
			t.Error("a past deadline has not passed")
		}
		d.set(time.Time{})
	})
}
