// Package control is how a command asks the program that has the data folder to do its work: over a unix domain socket, on
// this computer, as the same OS user.
//
// The socket has mode 0600 and lies in the data folder, or, where its path is too long or the file system has no sockets, in
// a private folder for temporary files; the program announces where. One that a killed program left behind answers nobody and
// is replaced at the next start.
//
// Being able to connect proves nothing, and being the one who listens neither: the asker and the program both prove that they
// can open the data folder. The program sends 32 random bytes, the asker 32 of its own with the request, and request and
// answer are sealed with the data folder's keys, bound to these bytes. So a stranger's request does not open, a recorded
// one is of no use, and a passphrase in it can be read by nobody who could not open the data folder anyway.
//
// One request and one answer per connection, each at most MaxMessage bytes. While the program works it says so every few
// seconds; an asker who hears nothing for Silence gives up, and a program whose asker has gone stops working for them.
package control

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
)

// Limits.
const (
	MaxMessage = 256 << 10
	Silence    = 30 * time.Second

	beat      = 5 * time.Second // between two signs of life
	handshake = 5 * time.Second // for everything but the work itself
	atOnce    = 4               // connections; further ones wait
	nonceSize = 32

	// maxPath is what every system takes as a socket's name, without the closing zero.
	maxPath    = 103
	socketName = "control.sock"
)

// Keys seal what is said; store/sealed's do.
type Keys interface {
	SealBytes(context string, plain []byte) ([]byte, error)
	OpenBytes(context string, sealed []byte) ([]byte, error)
}

// Handler does what a request asks and returns the answer. Its context ends when the asker goes away.
type Handler func(ctx context.Context, request []byte) []byte

// Server answers.
type Server struct {
	ln     *net.UnixListener
	temp   string // a folder of its own, or empty
	keys   Keys
	handle Handler
	log    *slog.Logger
}

// Listen opens the socket of a data folder, which the caller has to itself.
func Listen(dir string, k Keys, h Handler, log *slog.Logger) (*Server, error) {
	s := &Server{keys: k, handle: h, log: log}
	err := s.listen(filepath.Join(dir, socketName))
	if err == nil {
		return s, nil
	}
	var tempErr error
	if s.temp, tempErr = os.MkdirTemp("", "voldaan-"); tempErr == nil {
		if tempErr = s.listen(filepath.Join(s.temp, socketName)); tempErr == nil {
			return s, nil
		}
		tempErr = errors.Join(tempErr, os.Remove(s.temp))
	}
	return nil, errors.Join(err, tempErr)
}

func (s *Server) listen(path string) error {
	if len(path) > maxPath {
		return errors.New("the path of the socket is too long")
	}
	// Only a socket is taken away: a killed program's.
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, ln.Close())
	}
	s.ln = ln
	return nil
}

// Path is where the socket is.
func (s *Server) Path() string { return s.ln.Addr().String() }

// Run answers until ctx ends, and takes the socket away.
func (s *Server) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = s.ln.Close() }) // wakes Accept; Close below reports
	defer stop()
	var busy sync.WaitGroup
	defer busy.Wait()
	room := make(chan struct{}, atOnce)
	for {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		conn, err := s.ln.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close() // nobody is served any more
			}
			return nil
		}
		if err != nil {
			return err
		}
		busy.Add(1)
		go func() {
			defer func() { <-room; busy.Done() }()
			if err := s.answer(ctx, conn); err != nil {
				s.log.Warn("a request over the control socket was not answered", slog.Any("error", err))
			}
		}()
	}
}

// Close takes the socket away. Closing twice, or after Run, is harmless.
func (s *Server) Close() error {
	err := s.ln.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	if s.temp != "" {
		err = errors.Join(err, os.RemoveAll(s.temp))
	}
	return err
}

func (s *Server) answer(ctx context.Context, conn net.Conn) error {
	defer func() { _ = conn.Close() }() // everything has been said, or nobody listens
	if err := conn.SetDeadline(soon(handshake)); err != nil {
		return err
	}
	ours := newNonce()
	if _, err := conn.Write(ours); err != nil {
		return err
	}
	theirs := make([]byte, nonceSize)
	if _, err := io.ReadFull(conn, theirs); err != nil {
		return err
	}
	sealed, err := receive(conn)
	if err != nil {
		return err
	}
	about := bound(ours, theirs)
	request, err := s.keys.OpenBytes("control request "+about, sealed)
	if err != nil {
		return err
	}
	answer, err := s.work(ctx, conn, request)
	if err != nil {
		return err
	}
	if sealed, err = s.keys.SealBytes("control answer "+about, answer); err != nil {
		return err
	}
	return send(conn, sealed)
}

// work runs the handler, says every few seconds that it does, and ends it when the asker goes away.
func (s *Server) work(ctx context.Context, conn net.Conn, request []byte) ([]byte, error) {
	ctx, gone := context.WithCancel(ctx)
	defer gone()
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	var watching sync.WaitGroup
	watching.Go(func() {
		// The asker has nothing more to say: whatever ends this read, they are gone, or the work is done.
		_, _ = conn.Read(make([]byte, 1))
		gone()
	})
	done := make(chan []byte, 1)
	go func() { done <- s.handle(ctx, request) }()
	alive := time.NewTicker(beat)
	defer alive.Stop()
	for {
		select {
		case answer := <-done:
			err := conn.SetDeadline(soon(0)) // ends the watch
			watching.Wait()
			return answer, errors.Join(err, conn.SetDeadline(soon(handshake)))
		case <-alive.C:
			if err := send(conn, nil); err != nil {
				gone()
			}
		}
	}
}

// Ask sends a request to the program that listens at path and returns its answer. ErrNobody: nothing listens there.
func Ask(ctx context.Context, path string, k Keys, request []byte) ([]byte, error) {
	d := net.Dialer{Timeout: handshake}
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, errors.Join(ErrNobody, err)
	}
	defer func() { _ = conn.Close() }() // everything has been said
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	answer, err := ask(conn, k, request)
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "control.broken", "The program that has the data folder did not answer, or stopped before it was done. See whether it still runs, and try again.")
	}
	return answer, nil
}

// ErrNobody is Ask's error when nothing listens.
var ErrNobody = errors.New("control: nobody listens")

func ask(conn net.Conn, k Keys, request []byte) ([]byte, error) {
	if err := conn.SetDeadline(soon(handshake)); err != nil {
		return nil, err
	}
	theirs := make([]byte, nonceSize)
	if _, err := io.ReadFull(conn, theirs); err != nil {
		return nil, err
	}
	ours := newNonce()
	about := bound(theirs, ours)
	sealed, err := k.SealBytes("control request "+about, request)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(ours); err != nil {
		return nil, err
	}
	if err := send(conn, sealed); err != nil {
		return nil, err
	}
	for {
		if err := conn.SetDeadline(soon(Silence)); err != nil {
			return nil, err
		}
		if sealed, err = receive(conn); err != nil {
			return nil, err
		}
		if len(sealed) > 0 { // else a sign of life
			return k.OpenBytes("control answer "+about, sealed)
		}
	}
}

// soon is a deadline: sockets know the computer's clock only.
func soon(d time.Duration) time.Time { return civil.System().Now().Add(d) }

func newNonce() []byte {
	b := make([]byte, nonceSize)
	_, _ = rand.Read(b) // does not fail
	return b
}

// bound names one conversation.
func bound(program, asker []byte) string {
	return hex.EncodeToString(program) + hex.EncodeToString(asker)
}

// send writes one message: its length, then itself. An empty one is a sign of life.
func send(conn net.Conn, b []byte) error {
	if len(b) > MaxMessage {
		return errors.New("control: the message is too long")
	}
	_, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

func receive(conn net.Conn) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > MaxMessage {
		return nil, errors.New("control: the message is too long")
	}
	b := make([]byte, n)
	_, err := io.ReadFull(conn, b)
	return b, err
}
