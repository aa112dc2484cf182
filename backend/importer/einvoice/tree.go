package einvoice

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"github.com/voldaan/voldaan/backend/fault"
)

// Bounds of the XML.
const (
	maxDepth = 64
	maxNodes = 100_000 // elements that are kept; lines and attachments are not
	maxText  = 64 << 10
	maxTag   = 64 << 10
)

// passed are the parts of an invoice that say nothing about its head and may be long.
var passed = map[string]bool{
	"InvoiceLine": true, "CreditNoteLine": true, "IncludedSupplyChainTradeLineItem": true, "UBLExtensions": true,
	"AdditionalDocumentReference": true, "AdditionalReferencedDocument": true, "Signature": true,
}

// node is an element. Names are without prefix; a document uses one namespace for what it says.
type node struct {
	space, name string
	text        string
	scheme      string // schemeID
	currency    string // currencyID
	format      string
	line        int
	kids        []*node
}

// all are the elements at a path below n.
func (n *node) all(path ...string) []*node {
	if n == nil {
		return nil
	}
	if len(path) == 0 {
		return []*node{n}
	}
	var out []*node
	for _, k := range n.kids {
		if k.name == path[0] {
			out = append(out, k.all(path[1:]...)...)
		}
	}
	return out
}

// one is the first element at a path, or nil.
func (n *node) one(path ...string) *node {
	if found := n.all(path...); len(found) > 0 {
		return found[0]
	}
	return nil
}

// str is the text of the first element at a path that has any.
func (n *node) str(path ...string) string {
	for _, k := range n.all(path...) {
		if t := strings.TrimSpace(k.text); t != "" {
			return t
		}
	}
	return ""
}

// plain turns UTF-16 with a byte order mark, which encoding/xml does not know, into UTF-8.
func plain(data []byte) []byte {
	if bytes.HasPrefix(data, []byte{0xfe, 0xff}) || bytes.HasPrefix(data, []byte{0xff, 0xfe}) {
		if b, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Bytes(data); err == nil {
			return b
		}
	}
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
}

// parse reads the XML into a tree without what is passed over.
func parse(data []byte) (*node, error) {
	data = plain(data)
	if line := longTag(data); line > 0 {
		return nil, fault.New(fault.TooLarge, "import.einvoice_size", "The XML file has an element in line %d that begins with more than 64 KB. No electronic invoice is like that, so it was not read.", line)
	}
	utf8First := utf8.Valid(data[:min(len(data), 256)])
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(label), "utf-16") && utf8First {
			return in, nil // decoded already
		}
		e, err := htmlindex.Get(label)
		if err != nil {
			return nil, err
		}
		return e.NewDecoder().Reader(in), nil
	}
	b := builder{d: d}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && len(b.stack) == 0 && b.root != nil {
			return b.root, nil
		}
		if err != nil {
			return nil, malformed(d, err)
		}
		if err := b.token(t); err != nil {
			return nil, err
		}
	}
}

// longTag finds the line of a tag beyond maxTag, whose attributes the XML reader would all keep; 0 when there is none.
func longTag(data []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(data[at:], '<')
		if i < 0 {
			return 0
		}
		at += i
		rest := data[at:]
		skip := -1
		for open, end := range map[string]string{"<!--": "-->", "<![CDATA[": "]]>"} {
			if bytes.HasPrefix(rest, []byte(open)) {
				if skip = bytes.Index(rest, []byte(end)); skip < 0 {
					return 0 // unfinished: the XML reader says so
				}
			}
		}
		if skip < 0 {
			if skip = tagEnd(rest[:min(len(rest), maxTag)]); skip < 0 && len(rest) > maxTag {
				return bytes.Count(data[:at], []byte{'\n'}) + 1
			}
			if skip < 0 {
				return 0
			}
		}
		at += skip + 1
	}
}

// tagEnd is where the tag ends, outside of quotation marks.
func tagEnd(b []byte) int {
	quote := byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

// builder makes the tree.
type builder struct {
	d     *xml.Decoder
	root  *node
	stack []*node // nil below what is passed over
	nodes int
}

func (b *builder) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		return fault.Invalidf("import.einvoice_doctype", "The XML file declares a document type (DOCTYPE) in line %d. Electronic invoices have none, and such declarations can be harmful, so the file was not read. Ask for the file without it.", b.line())
	case xml.StartElement:
		return b.open(t)
	case xml.EndElement:
		b.stack = b.stack[:len(b.stack)-1]
	case xml.CharData:
		if len(b.stack) == 0 {
			return nil
		}
		n := b.stack[len(b.stack)-1]
		if n == nil || len(n.kids) > 0 && len(bytes.TrimSpace(t)) == 0 {
			return nil
		}
		if len(n.text)+len(t) > maxText {
			return b.tooMuch("longer than 64 KB")
		}
		n.text += string(t)
	}
	return nil
}

func (b *builder) open(t xml.StartElement) error {
	if len(b.stack) >= maxDepth {
		return b.tooMuch("nested more than 64 deep")
	}
	var parent *node
	if len(b.stack) > 0 {
		if parent = b.stack[len(b.stack)-1]; parent == nil || passed[t.Name.Local] {
			b.stack = append(b.stack, nil)
			return nil
		}
	} else if b.root != nil {
		return fault.Invalidf("import.xml_broken", "The XML file has a second outermost element in line %d. Expected one document in a file.", b.line())
	}
	if b.nodes++; b.nodes > maxNodes {
		return b.tooMuch("more than 100,000 of them")
	}
	n := &node{space: t.Name.Space, name: t.Name.Local, line: b.line()}
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "schemeID":
			n.scheme = short(a.Value)
		case "currencyID":
			n.currency = short(a.Value)
		case "format":
			n.format = short(a.Value)
		}
	}
	if parent == nil {
		b.root = n
	} else {
		parent.kids = append(parent.kids, n)
	}
	b.stack = append(b.stack, n)
	return nil
}

func (b *builder) line() int {
	line, _ := b.d.InputPos()
	return line
}

func (b *builder) tooMuch(what string) error {
	return fault.New(fault.TooLarge, "import.einvoice_size", "The XML file has elements %s in line %d. No electronic invoice is like that, so it was not read.", what, b.line()).
		With("line", strconv.Itoa(b.line()))
}

func malformed(d *xml.Decoder, err error) error {
	line, column := d.InputPos()
	why := "it ends too early"
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		why, line = syntax.Msg, syntax.Line
	} else if !errors.Is(err, io.EOF) {
		why = err.Error()
	}
	return fault.Invalidf("import.xml_broken", "The XML file is damaged at line %d, column %d: %s. Fetch or export it again.", line, column, short(why)).
		With("line", strconv.Itoa(line)).With("column", strconv.Itoa(column))
}
