// Package mailtest is a real SMTP server for tests, in the same process: it keeps what it accepts and can be told to be
// down, slow to accept, or to refuse. It speaks plain SMTP, STARTTLS and TLS with a certificate of its own, which Roots
// trusts.
package mailtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Message is one accepted mail.
type Message struct {
	From   string      // of the envelope
	To     []string    // of the envelope
	Header mail.Header // as sent
	Text   string
	HTML   string
	Secure bool   // came over TLS
	User   string // who had signed in
}

// Subject is the decoded subject.
func (m Message) Subject() string {
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return m.Header.Get("Subject")
	}
	return s
}

// Mode is how connections are protected.
type Mode int

// The modes.
const (
	Plain Mode = iota
	StartTLS
	TLS
)

// Server is a running SMTP server on the loopback interface.
type Server struct {
	Host  string
	Port  int
	Roots *x509.CertPool

	// Password, when set before the first connection, is what the user "voldaan" must give.
	Password string

	smtp *smtp.Server
	done chan error

	mu       sync.Mutex
	messages []Message
	arrived  chan struct{}
	refuse   func(stage, value string) error
}

// Start runs a server until Close. An empty addr is any free port of 127.0.0.1.
func Start(mode Mode, addr string) (*Server, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	cert, roots, err := certificate()
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	tcp, ok := ln.Addr().(*net.TCPAddr)
	if !ok {
		return nil, errors.New("mailtest: not a TCP address")
	}
	s := &Server{Host: "127.0.0.1", Port: tcp.Port, Roots: roots, done: make(chan error, 1), arrived: make(chan struct{})}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		if err := s.asked("connect", ""); err != nil {
			return nil, err
		}
		return &session{server: s, conn: c}, nil
	}))
	s.smtp.Domain, s.smtp.ErrorLog = "mailtest", quiet{}
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = 10*time.Second, 10*time.Second
	s.smtp.AllowInsecureAuth = mode == Plain
	config := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	switch mode {
	case StartTLS:
		s.smtp.TLSConfig = config
	case TLS:
		ln = tls.NewListener(ln, config)
	}
	go func() { s.done <- s.smtp.Serve(ln) }()
	return s, nil
}

// Close stops the server and waits for it.
func (s *Server) Close() {
	_ = s.smtp.Close() // closing twice is no fault in a test
	<-s.done
	s.done <- nil
}

// Refuse makes the server answer with the error that fn returns, if any. stage is connect, mail, rcpt or data.
func (s *Server) Refuse(fn func(stage, value string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = fn
}

// Code is an SMTP refusal with the code.
func Code(code int) error { return &smtp.SMTPError{Code: code, Message: "mailtest says so"} }

// Messages are the accepted mails, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// Arrived is closed when the next mail is accepted. Take it before looking.
func (s *Server) Arrived() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrived
}

func (s *Server) asked(stage, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse == nil {
		return nil
	}
	return s.refuse(stage, value)
}

type session struct {
	server *Server
	conn   *smtp.Conn
	user   string
	m      Message
}

// AuthMechanisms are offered when a password is set.
func (x *session) AuthMechanisms() []string {
	if x.server.Password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks the password.
func (x *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "voldaan" || password != x.server.Password {
			return smtp.ErrAuthFailed
		}
		x.user = username
		return nil
	}), nil
}

// Mail begins a message.
func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	if x.server.Password != "" && x.user == "" {
		return smtp.ErrAuthRequired
	}
	_, secure := x.conn.TLSConnectionState()
	x.m = Message{From: from, Secure: secure, User: x.user}
	return x.server.asked("mail", from)
}

// Rcpt adds a recipient.
func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.m.To = append(x.m.To, to)
	return x.server.asked("rcpt", to)
}

// Data takes the message.
func (x *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := x.server.asked("data", ""); err != nil {
		return err
	}
	if err := x.m.parse(raw); err != nil {
		return err
	}
	x.server.mu.Lock()
	defer x.server.mu.Unlock()
	x.server.messages = append(x.server.messages, x.m)
	close(x.server.arrived)
	x.server.arrived = make(chan struct{})
	return nil
}

// Reset forgets the message that was begun.
func (x *session) Reset() { x.m = Message{} }

// Logout has nothing to release.
func (x *session) Logout() error { return nil }

// parse reads the headers and the two forms of the body.
func (m *Message) parse(raw []byte) error {
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	m.Header = msg.Header
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return errors.Join(err, errors.New("mailtest: expected a multipart message"))
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var body io.Reader = p
		if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(p)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			m.HTML = string(text)
		} else {
			m.Text = string(text)
		}
	}
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// certificate is a fresh self-signed one for 127.0.0.1, and a pool that trusts it.
func certificate() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mailtest"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots, nil
}
