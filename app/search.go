package app

import (
	"context"
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/search"
)

// searchWait bounds how long a single search waits for the index to know everything.
const searchWait = 30 * time.Second

// Search finds things in a ledger that does not serve: the index is opened, brought up to date, asked and closed.
func (l *Ledger) Search(ctx context.Context, firm ledger.FirmID, query string, limit int) ([]search.Hit, error) {
	index := search.New(search.Options{Books: l.Books, Keys: l.Folder.Keys, Dir: l.Folder.IndexDir(), Logger: l.Log})
	run, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	var failed error
	running.Add(1)
	go func() {
		defer running.Done()
		failed = index.Run(run)
	}()
	hits, err := func() ([]search.Hit, error) {
		if err := caughtUp(ctx, index); err != nil {
			return nil, err
		}
		return index.Search(ctx, firm, query, limit)
	}()
	stop()
	running.Wait()
	if err == nil {
		err = failed
	}
	return hits, err
}

// caughtUp waits until the index knows everything, or long enough.
func caughtUp(ctx context.Context, index *search.Index) error {
	ctx, cancel := context.WithTimeout(ctx, searchWait)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		indexed, head, err := index.Progress(ctx)
		if err != nil || indexed >= head {
			return err
		}
		select {
		case <-ctx.Done():
			return nil // exact numbers are found without the index
		case <-tick.C:
		}
	}
}
