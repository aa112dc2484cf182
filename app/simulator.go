package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// Simulator is the payment provider's simulator on a port of its own.
type Simulator struct {
	URL string

	sim    *simulator.Simulator
	server *http.Server
	ln     net.Listener
}

// StartSimulator takes the address; Wait serves.
func StartSimulator(_ context.Context, addr string, log *slog.Logger) (*Simulator, error) {
	ln, err := listenOn(addr, false)
	if err != nil {
		return nil, err
	}
	s := &Simulator{URL: urlOf(ln), ln: ln}
	s.sim = simulator.New(simulator.Options{Clock: civil.System(), PublicURL: s.URL, Log: log})
	s.server = &http.Server{Handler: s.sim, ReadHeaderTimeout: 10 * time.Second}
	return s, nil
}

// Wait serves until ctx ends.
func (s *Simulator) Wait(ctx context.Context) error {
	served := make(chan error, 2)
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { served <- s.server.Serve(s.ln) }()
	go func() { served <- s.sim.Run(run) }()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
	}
	cancel()
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer stop()
	if down := s.server.Shutdown(end); down != nil && !errors.Is(down, context.DeadlineExceeded) {
		err = errors.Join(err, down)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
