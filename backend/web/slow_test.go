package web_test

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/web"
)

// TestSlowConnections holds a thousand connections open, each sending a byte of its header now and then, while honest
// requests are timed. Row 6 of the security table: their p99 stays under half a second, and the slow ones are cut off.
func TestSlowConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	clock := civil.System()
	addr := serve(t, func(o *web.Options) { o.ReadTimeout = 3 * time.Second }, nil)
	slow := make([]net.Conn, 1000)
	for i := range slow {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nX-"); err != nil {
			t.Fatal(err)
		}
		slow[i] = c
	}
	var took []time.Duration
	for i := range 300 {
		start := clock.Now()
		answer, _ := rawQuick(t, addr)
		took = append(took, clock.Now().Sub(start))
		if !strings.HasPrefix(answer, "HTTP/1.1 200") {
			t.Fatalf("honest request %d: %.80q", i, answer)
		}
		_, _ = io.WriteString(slow[i], "a")
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	t.Logf("with %d slow connections: p50 %v, p99 %v", len(slow), took[len(took)/2], p99)
	if p99 > 500*time.Millisecond {
		t.Errorf("p99 is %v", p99)
	}
	for _, c := range slow[len(slow)-10:] {
		_ = c.SetReadDeadline(clock.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Errorf("a slow connection was not cut off: %v", err)
		}
	}
}

// rawQuick is an honest request on a connection of its own.
func rawQuick(t *testing.T, addr string) (string, error) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		return "", err
	}
	b, err := io.ReadAll(c)
	return string(b), err
}
