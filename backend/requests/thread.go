package requests

import (
	"bytes"
	"context"
	"crypto/sha256"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Limits of messages and files.
const (
	MaxFile         = 10 << 20
	maxFiles        = 10  // of one message
	maxPendingFiles = 20  // of one customer that no message names yet
	maxThreads      = 500 // listed
	pendingFor      = 24 * time.Hour
)

// magics are the files that are taken, by their first bytes.
var magics = []struct {
	magic []byte
	kind  string
	ends  []string
}{
	{[]byte("%PDF-"), "application/pdf", []string{".pdf"}},
	{[]byte("\x89PNG\r\n\x1a\n"), "image/png", []string{".png"}},
	{[]byte("\xff\xd8\xff"), "image/jpeg", []string{".jpg", ".jpeg"}},
	{[]byte("GIF87a"), "image/gif", []string{".gif"}},
	{[]byte("GIF89a"), "image/gif", []string{".gif"}},
}

// mediaType is what the bytes are, when that is something that is taken.
func mediaType(content []byte) (kind string, ends []string, ok bool) {
	for _, m := range magics {
		if bytes.HasPrefix(content, m.magic) {
			return m.kind, m.ends, true
		}
	}
	if len(content) > 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP" {
		return "image/webp", []string{".webp"}, true
	}
	return "", nil, false
}

// fileName is a name that is safe to offer for saving: no folders, no control characters, the ending of what it is.
func fileName(name string, ends []string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, name)
	name = strings.TrimLeft(name, ".")
	if !slices.Contains(ends, strings.ToLower(path.Ext(name))) {
		name = strings.TrimSuffix(name, path.Ext(name)) + ends[0]
	}
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:90]) + ends[0]
	}
	if strings.TrimSuffix(name, path.Ext(name)) == "" {
		name = "file" + ends[0]
	}
	return name
}

// keepFile stores a file of a customer that a message will name.
func (s *Service) keepFile(ctx context.Context, m journal.Meta, c ledger.CustomerID, side Side, name string, content []byte) (File, error) {
	kind, ends, ok := mediaType(content)
	switch {
	case !ok:
		return File{}, fault.Invalidf("file.type", "%q cannot be taken: only PDF and pictures (PNG, JPEG, GIF, WebP)", strings.ToValidUTF8(path.Base(name), "?"))
	case len(content) > MaxFile:
		return File{}, fault.New(fault.TooLarge, "file.size", "a file can be 10 MB at most")
	}
	sum := sha256.Sum256(content)
	f := File{Firm: m.Firm, Customer: c, Name: fileName(name, ends), Type: kind, Size: int64(len(content)), SHA256: sum[:], Side: side}
	out, err := s.books.Write(ctx, m, "file.received", encode([]any{c.String(), f.Name, sum[:]}), func(w *books.Writer) error {
		cu, err := w.Customer(c)
		if err != nil || cu.Firm != m.Firm {
			return unknown("customer")
		}
		pending, err := pendingFiles(w, c, side)
		if err != nil {
			return err
		}
		if side == FromCustomer && pending >= maxPendingFiles {
			return fault.New(fault.Throttled, "file.pending", "there are %d files that no message was sent with; send those first", pending)
		}
		f.ID, f.At = ident.New[fileKind](s.books.IDs()), momentOf(w.Tx().At())
		w.Tx().SetResult(f.ID.Bytes())
		w.Tx().Subject(c.Bytes(), f.ID.Bytes())
		if err := w.Tx().Tx.Put(fileBytes, f.ID.Bytes(), content); err != nil {
			return err
		}
		return files.Insert(w.Tx(), &f)
	})
	if err == nil && out.Replayed {
		err = s.view(ctx, func(r *books.Reader) error { f, err = files.Get(r.Tx(), out.Result); return err })
	}
	return f, err
}

// pendingFiles counts the files of a side that no message names yet. One that waits for longer than a day was never part
// of anything: the form was left. It goes.
func pendingFiles(w *books.Writer, c ledger.CustomerID, side Side) (n int, err error) {
	var left []FileID
	for p, err := range files.Entries(w.Tx(), "customer", store.Prefix(c.Bytes())) {
		if err != nil {
			return 0, err
		}
		old, err := files.Get(w.Tx(), p.Key[16:])
		if err != nil {
			return 0, err
		}
		switch {
		case !old.Message.IsZero() || old.Side != side:
		case w.Tx().At().Sub(old.At.Time()) > pendingFor:
			left = append(left, old.ID)
		default:
			n++
		}
	}
	for _, id := range left {
		if err := w.Tx().Tx.Delete(fileBytes, id.Bytes()); err != nil {
			return n, err
		}
		if err := files.Delete(w.Tx(), id.Bytes()); err != nil {
			return n, err
		}
	}
	return n, nil
}

// AddFile keeps a file that the staff will send to a customer.
func (s *Service) AddFile(ctx context.Context, m journal.Meta, c ledger.CustomerID, name string, content []byte) (File, error) {
	return s.keepFile(ctx, m, c, FromStaff, name, content)
}

// FileOf is a file of the firm with what it contains.
func (s *Service) FileOf(ctx context.Context, firm ledger.FirmID, id FileID) (f File, content []byte, err error) {
	err = s.view(ctx, func(r *books.Reader) error {
		if f, err = files.Get(r.Tx(), id.Bytes()); err != nil || f.Firm != firm {
			return unknown("file")
		}
		content, err = fileContent(r, f)
		return err
	})
	return f, content, err
}

func fileContent(r *books.Reader, f File) ([]byte, error) {
	raw, err := r.Tx().Get(fileBytes, f.ID.Bytes())
	if err != nil {
		return nil, unknown("file")
	}
	if sum := sha256.Sum256(raw); !bytes.Equal(sum[:], f.SHA256) {
		return nil, fault.New(fault.Integrity, "file.damaged", "the file is not what was sent; restore a backup")
	}
	return bytes.Clone(raw), nil
}

// Note is a message to write.
type Note struct {
	Text     string
	Files    []FileID
	Internal bool
}

// post writes a message within a transaction.
func post(w *books.Writer, ids *ident.Source, t *Thread, side Side, n Note) (Message, error) {
	n.Text = strings.TrimSpace(n.Text)
	switch {
	case n.Text == "" && len(n.Files) == 0:
		return Message{}, fault.Invalidf("message.empty", "write a message, or add a file")
	case len(n.Text) > maxText:
		return Message{}, fault.Invalidf("message.too_long", "a message has at most %d characters", maxText)
	case len(n.Files) > maxFiles:
		return Message{}, fault.Invalidf("message.files", "a message has at most %d files", maxFiles)
	}
	tx := w.Tx()
	m := Message{ID: ident.New[messageKind](ids), Thread: t.ID, Side: side, Author: w.Meta().Actor.Name, Text: n.Text, Internal: n.Internal && side != FromCustomer,
		At: momentOf(tx.At()), Files: n.Files}
	if user := new(ledger.UserID); user.UnmarshalText([]byte(w.Meta().Actor.ID)) == nil {
		m.User = *user
	}
	for _, id := range n.Files {
		f, err := files.Get(tx, id.Bytes())
		if err != nil || f.Customer != t.Customer || f.Side != min(side, FromStaff) || !f.Message.IsZero() {
			return m, unknown("file")
		}
		f.Message = m.ID
		if err := files.Put(tx, &f); err != nil {
			return m, err
		}
	}
	t.Last, t.LastSide = m.At, side
	switch {
	case m.Internal:
	case side == FromCustomer:
		t.UnreadStaff++
		t.LastShared, t.Shared = m.At, t.Shared+1
	default:
		t.UnreadCustomer++
		t.LastShared, t.Shared = m.At, t.Shared+1
	}
	tx.Subject(t.Customer.Bytes(), t.ID.Bytes(), m.ID.Bytes())
	if err := threads.Put(tx, t); err != nil {
		return m, err
	}
	return m, messages.Insert(tx, &m)
}

// Reply writes a message of the staff in a thread. A shared one answers a request that waits for its first answer.
func (s *Service) Reply(ctx context.Context, m journal.Meta, id ThreadID, n Note) (out Message, err error) {
	kind := "message.sent"
	if n.Internal {
		kind = "message.noted"
	}
	done, err := s.books.Write(ctx, m, kind, encode([]any{id.String(), n}), func(w *books.Writer) error {
		t, err := ownThread(w.Reader, m.Firm, id)
		if err != nil {
			return err
		}
		if err := facts(w, t.Customer); err != nil {
			return err
		}
		if out, err = post(w, s.books.IDs(), &t, FromStaff, n); err != nil {
			return err
		}
		w.Tx().SetResult(out.ID.Bytes())
		if n.Internal || t.Request.IsZero() {
			return nil
		}
		x, err := requests.Get(w.Tx(), t.Request.Bytes())
		if err != nil || x.FirstAnswer != 0 {
			return err
		}
		x.FirstAnswer = out.At
		return requests.Put(w.Tx(), &x)
	})
	if err == nil && done.Replayed {
		err = s.view(ctx, func(r *books.Reader) error { out, err = messages.Get(r.Tx(), done.Result); return err })
	}
	return out, err
}

// Start begins a conversation with a customer.
func (s *Service) Start(ctx context.Context, m journal.Meta, c ledger.CustomerID, documents []ledger.DocumentID, subject string, n Note) (t Thread, err error) {
	return s.start(ctx, m, c, documents, subject, FromStaff, n)
}

func (s *Service) start(ctx context.Context, m journal.Meta, c ledger.CustomerID, documents []ledger.DocumentID, subject string, side Side, n Note) (t Thread, err error) {
	kind := "message.sent"
	if side == FromCustomer {
		kind = "message.received"
	}
	done, err := s.books.Write(ctx, m, kind, encode([]any{c.String(), documents, subject, n}), func(w *books.Writer) error {
		a, err := w.Account(c)
		if err != nil || a.Customer.Firm != m.Firm {
			return unknown("customer")
		}
		for _, d := range documents {
			if _, ok := a.Document(d); !ok {
				return unknown("document")
			}
		}
		if subject = strings.TrimSpace(subject); len(subject) > 200 {
			return fault.Invalidf("message.subject", "a subject has at most 200 characters")
		}
		t = Thread{ID: ident.New[threadKind](s.books.IDs()), Firm: m.Firm, Customer: c, Documents: documents, Subject: subject}
		w.Tx().SetResult(t.ID.Bytes())
		if err := facts(w, c); err != nil {
			return err
		}
		_, err = post(w, s.books.IDs(), &t, side, n)
		return err
	})
	if err == nil && done.Replayed {
		err = s.view(ctx, func(r *books.Reader) error { t, err = threads.Get(r.Tx(), done.Result); return err })
	}
	return t, err
}

func facts(w *books.Writer, c ledger.CustomerID) error {
	cu, err := w.Customer(c)
	w.Tx().Fact("name", cu.Name)
	return err
}

func ownThread(r *books.Reader, firm ledger.FirmID, id ThreadID) (Thread, error) {
	t, err := threads.Get(r.Tx(), id.Bytes())
	if err != nil || t.Firm != firm {
		return Thread{}, unknown("thread")
	}
	return t, nil
}

// read marks what the other side wrote as read.
func read(w *books.Writer, t *Thread, side Side) error {
	unread := &t.UnreadStaff
	if side == FromCustomer {
		unread = &t.UnreadCustomer
	}
	if *unread == 0 {
		return nil
	}
	list, err := messagesOf(w.Reader, t.ID)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.Read != 0 || m.Internal || (m.Side == FromCustomer) == (side == FromCustomer) {
			continue
		}
		m.Read, m.ReadBy = momentOf(w.Tx().At()), w.Meta().Actor.Name
		if err := messages.Put(w.Tx(), &m); err != nil {
			return err
		}
	}
	*unread = 0
	w.Tx().Subject(t.Customer.Bytes(), t.ID.Bytes())
	return threads.Put(w.Tx(), t)
}

// MarkRead says that the staff has read a thread.
func (s *Service) MarkRead(ctx context.Context, m journal.Meta, id ThreadID) error {
	_, err := s.books.Write(ctx, m, "message.read", id.Bytes(), func(w *books.Writer) error {
		t, err := ownThread(w.Reader, m.Firm, id)
		if err != nil {
			return err
		}
		return read(w, &t, FromStaff)
	})
	return err
}

func messagesOf(r *books.Reader, id ThreadID) (out []Message, err error) {
	for p, err := range messages.Entries(r.Tx(), "thread", store.Prefix(id.Bytes())) {
		if err != nil {
			return nil, err
		}
		m, err := messages.Get(r.Tx(), p.Key[16:])
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// Conversation is a thread with its messages and files.
type Conversation struct {
	Thread   Thread
	Messages []Message
	Files    map[FileID]File
}

func conversation(r *books.Reader, t Thread) (out Conversation, err error) {
	out.Thread, out.Files = t, map[FileID]File{}
	if out.Messages, err = messagesOf(r, t.ID); err != nil {
		return out, err
	}
	for _, m := range out.Messages {
		for _, id := range m.Files {
			if out.Files[id], err = files.Get(r.Tx(), id.Bytes()); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// Conversation is a thread of the firm, whole, internal messages included.
func (s *Service) Conversation(ctx context.Context, firm ledger.FirmID, id ThreadID) (out Conversation, err error) {
	err = s.view(ctx, func(r *books.Reader) error {
		t, err := ownThread(r, firm, id)
		if err != nil {
			return err
		}
		out, err = conversation(r, t)
		return err
	})
	return out, err
}

// Threads are the firm's conversations, the latest first; of one customer when it is given.
func (s *Service) Threads(ctx context.Context, firm ledger.FirmID, c ledger.CustomerID) (out []Thread, err error) {
	err = s.view(ctx, func(r *books.Reader) error {
		index, prefix, id := "firm", firm.Bytes(), 24
		if !c.IsZero() {
			index, prefix, id = "customer", c.Bytes(), 16
		}
		out = nil
		for p, err := range threads.Entries(r.Tx(), index, store.Prefix(prefix).Reversed()) {
			if err != nil {
				return err
			}
			t, err := threads.Get(r.Tx(), p.Key[id:])
			if err != nil {
				return err
			}
			if t.Firm == firm {
				out = append(out, t)
			}
			if len(out) == maxThreads {
				break
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(x, y Thread) int { return int(min(max(y.Last-x.Last, -1), 1)) })
	return out, err
}
