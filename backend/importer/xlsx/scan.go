package xlsx

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// scanner reads well-formed XML as a stream of tags and texts without building anything. It knows what spreadsheet
// parts need: no document types, no entities but the five of XML and character references, names without prefixes.
type scanner struct {
	r   io.Reader
	buf []byte
	pos int
	eof bool

	name  []byte // of the tag, without prefix
	attrs []byte // of a start tag, raw
	text  []byte // of a text, raw
	cdata bool   // the text is to be taken as it is
	empty bool   // the start tag closes itself
	end   bool   // of an end tag
}

type token uint8

const (
	tokenEOF token = iota
	tokenStart
	tokenEnd
	tokenText
)

const maxToken = 512 << 10 // a cell's text with every character escaped

var errXML = errors.New("xlsx: malformed XML")

func newScanner(r io.Reader) *scanner { return &scanner{r: r, buf: make([]byte, 0, 128<<10)} }

func (s *scanner) fill() error {
	if s.eof {
		return io.ErrUnexpectedEOF
	}
	if s.pos > 0 {
		n := copy(s.buf[:cap(s.buf)], s.buf[s.pos:])
		s.buf, s.pos = s.buf[:n], 0
	}
	if len(s.buf) == cap(s.buf) {
		if cap(s.buf) >= 2*maxToken {
			return errXML
		}
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	}
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	if err == io.EOF {
		s.eof = true
		return nil
	}
	return err
}

// next finds the next tag or text. Texts between tags that are only layout are yielded too.
func (s *scanner) next() (token, error) {
	for {
		for s.pos >= len(s.buf) {
			if s.eof {
				return tokenEOF, nil
			}
			if err := s.fill(); err != nil {
				return 0, err
			}
		}
		if s.buf[s.pos] != '<' {
			return s.readText()
		}
		t, err := s.readTag()
		if err != nil || t != tokenEOF {
			return t, err
		}
	}
}

func (s *scanner) readText() (token, error) {
	from := 0
	for {
		if i := bytes.IndexByte(s.buf[s.pos+from:], '<'); i >= 0 {
			s.text, s.cdata = s.buf[s.pos:s.pos+from+i], false
			s.pos += from + i
			return tokenText, nil
		}
		from = len(s.buf) - s.pos
		if s.eof {
			s.text, s.cdata = s.buf[s.pos:], false
			s.pos = len(s.buf)
			return tokenText, nil
		}
		if from > maxToken {
			return 0, errXML
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// readTag reads what starts with "<". tokenEOF means that it was a comment or instruction.
func (s *scanner) readTag() (token, error) {
	for {
		rest := s.buf[s.pos:]
		if len(rest) >= 9 || s.eof || bytes.IndexByte(rest, '>') >= 0 {
			break
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	rest := s.buf[s.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		_, err := s.until("-->")
		return tokenEOF, err
	case bytes.HasPrefix(rest, []byte("<?")):
		_, err := s.until("?>")
		return tokenEOF, err
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		body, err := s.until("]]>")
		if err != nil {
			return 0, err
		}
		s.text, s.cdata = body[9:len(body)-3], true
		return tokenText, nil
	case bytes.HasPrefix(rest, []byte("<!")):
		return 0, errXML // a document type has no place here
	}
	tag, err := s.tag()
	if err != nil {
		return 0, err
	}
	s.end = len(tag) > 0 && tag[0] == '/'
	if s.end {
		tag = tag[1:]
	}
	s.empty = len(tag) > 0 && tag[len(tag)-1] == '/'
	if s.empty {
		tag = tag[:len(tag)-1]
	}
	i := bytes.IndexAny(tag, " \t\r\n")
	if i < 0 {
		i = len(tag)
	}
	s.name, s.attrs = tag[:i], tag[i:]
	if c := bytes.IndexByte(s.name, ':'); c >= 0 {
		s.name = s.name[c+1:]
	}
	if len(s.name) == 0 {
		return 0, errXML
	}
	if s.end {
		return tokenEnd, nil
	}
	return tokenStart, nil
}

// until consumes up to and including the mark.
func (s *scanner) until(mark string) ([]byte, error) {
	for {
		if i := bytes.Index(s.buf[s.pos:], []byte(mark)); i >= 0 {
			b := s.buf[s.pos : s.pos+i+len(mark)]
			s.pos += len(b)
			return b, nil
		}
		if len(s.buf)-s.pos > maxToken {
			return nil, errXML
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// tag consumes "<…>" and returns what is between, minding ">" in quoted attribute values.
func (s *scanner) tag() ([]byte, error) {
	i := 1
	quote := byte(0)
	for {
		rest := s.buf[s.pos:]
		for ; i < len(rest); i++ {
			c := rest[i]
			switch {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '>':
				s.pos += i + 1
				return rest[1:i], nil
			}
		}
		if len(rest) > maxToken {
			return nil, errXML
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// attr is the raw value of an attribute of the start tag, by name without prefix; nil when absent.
func (s *scanner) attr(name string) []byte {
	a := s.attrs
	for {
		eq := bytes.IndexByte(a, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimSpace(a[:eq])
		if c := bytes.IndexByte(key, ':'); c >= 0 {
			key = key[c+1:]
		}
		a = bytes.TrimLeft(a[eq+1:], " \t\r\n")
		if len(a) == 0 || a[0] != '"' && a[0] != '\'' {
			return nil
		}
		end := bytes.IndexByte(a[1:], a[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return a[1 : 1+end]
		}
		a = a[end+2:]
	}
}

// attrText is an attribute with its references replaced.
func (s *scanner) attrText(name string) string { return string(unescape(nil, s.attr(name))) }

// attrInt is an attribute as a number, or -1.
func (s *scanner) attrInt(name string) int {
	n, ok := atoi(s.attr(name))
	if !ok {
		return -1
	}
	return n
}

// attrTrue reports whether an attribute is "1" or "true".
func (s *scanner) attrTrue(name string) bool {
	v := s.attr(name)
	return string(v) == "1" || string(v) == "true"
}

func atoi(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// appendText adds the current text to dst, references replaced.
func (s *scanner) appendText(dst []byte) []byte {
	if s.cdata {
		return append(dst, s.text...)
	}
	return unescape(dst, s.text)
}

// unescape replaces the references of XML. An unknown one is taken as it is written.
func unescape(dst, src []byte) []byte {
	for {
		i := bytes.IndexByte(src, '&')
		if i < 0 {
			return append(dst, src...)
		}
		dst = append(dst, src[:i]...)
		src = src[i:]
		end := bytes.IndexByte(src[:min(len(src), 12)], ';')
		if end < 0 {
			dst, src = append(dst, '&'), src[1:]
			continue
		}
		switch ref := string(src[1:end]); ref {
		case "amp":
			dst = append(dst, '&')
		case "lt":
			dst = append(dst, '<')
		case "gt":
			dst = append(dst, '>')
		case "quot":
			dst = append(dst, '"')
		case "apos":
			dst = append(dst, '\'')
		default:
			if r, ok := reference(ref); ok {
				dst = utf8.AppendRune(dst, r)
			} else {
				dst = append(dst, src[:end+1]...)
			}
		}
		src = src[end+1:]
	}
}

func reference(ref string) (rune, bool) {
	if len(ref) < 2 || ref[0] != '#' {
		return 0, false
	}
	base, digits := 10, ref[1:]
	if digits[0] == 'x' || digits[0] == 'X' {
		base, digits = 16, digits[1:]
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && n <= utf8.MaxRune
}
