package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// The parts of bbolt's page format that the layout check reads. A page is a header (id 8, flags 2, count 2, overflow 4),
// then count elements of 16 bytes, then the elements' data in the same order without gaps. In a leaf an element is flags,
// position, key size, value size; in a branch position, key size, page number (8). Positions count from the element.
const (
	branchPage  = 0x01
	leafPage    = 0x02
	elementSize = 16
	bucketFlag  = 0x01 // of a leaf element: the value is a table
	tableHeader = 16   // of such a value: root page and sequence; root 0 means that a page follows in the value
)

// checkLayout demands that on every page in use the elements fill their data without gaps, that keys ascend, and that
// branches lead where they say. bbolt keeps no checksums and believes its pages: one flipped bit in a count or a key there
// would let rows vanish without an error, and sums be wrong.
func checkLayout(db *bbolt.DB, f io.ReaderAt) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged("", r)
		}
	}()
	size := db.Info().PageSize
	seen := tree{pages: map[uint64]node{}}
	err = db.View(func(t *bbolt.Tx) error {
		head := make([]byte, size)
		pages := int(t.Size() / int64(size))
		for id := 2; id < pages; {
			info, err := t.Page(id)
			if err != nil {
				return damaged("", err)
			}
			if info == nil || info.Type == "free" {
				id++
				continue
			}
			if info.OverflowCount >= pages-id {
				return damaged("", fmt.Errorf("page %d runs over the end", id))
			}
			if info.Type == "leaf" || info.Type == "branch" {
				p := head
				if info.OverflowCount > 0 {
					p = make([]byte, size*(info.OverflowCount+1))
				}
				if _, err := f.ReadAt(p, int64(id)*int64(size)); err != nil {
					return damaged("", err)
				}
				n, err := layout(p)
				if err != nil {
					return damaged("", fmt.Errorf("page %d: %w", id, err))
				}
				seen.pages[uint64(id)] = n
			}
			id += 1 + info.OverflowCount
		}
		return nil
	})
	if err != nil {
		return err
	}
	return seen.check()
}

// node is what the check keeps of a page: the first and last key, and of a branch where its keys lead.
type node struct {
	first, last string
	keys        []string
	children    []uint64
	roots       []uint64 // of the tables that lie in a leaf's values
}

type tree struct{ pages map[uint64]node }

// maxDepth is far more than any tree has; a deeper one goes in circles.
const maxDepth = 64

// check demands that the keys below each element of a branch lie between its key and the next.
func (t tree) check() error {
	for id, n := range t.pages {
		for _, root := range n.roots {
			if _, ok := t.pages[root]; !ok {
				return damaged("", fmt.Errorf("page %d is not where a table begins", root))
			}
		}
		for i, child := range n.children {
			low, err := t.edge(child, false, 0)
			if err != nil {
				return err
			}
			high, err := t.edge(child, true, 0)
			if err != nil {
				return err
			}
			if i > 0 && low < n.keys[i] || i+1 < len(n.keys) && high >= n.keys[i+1] {
				return damaged("", fmt.Errorf("page %d leads astray", id))
			}
		}
	}
	return nil
}

// edge is the smallest or largest key below a page.
func (t tree) edge(id uint64, largest bool, depth int) (string, error) {
	n, ok := t.pages[id]
	switch {
	case !ok || depth > maxDepth:
		return "", damaged("", fmt.Errorf("page %d is not a part of the tree", id))
	case len(n.children) == 0 && largest:
		return n.last, nil
	case len(n.children) == 0:
		return n.first, nil
	case largest:
		return t.edge(n.children[len(n.children)-1], largest, depth+1)
	default:
		return t.edge(n.children[0], largest, depth+1)
	}
}

// layout checks one page, its overflow included, and the tables that lie within its values.
func layout(p []byte) (n node, err error) {
	le := binary.LittleEndian
	flags, count := le.Uint16(p[8:]), int(le.Uint16(p[10:]))
	if flags != leafPage && flags != branchPage {
		return n, fmt.Errorf("flags %#x", flags)
	}
	end := pageHeader + count*elementSize
	if end > len(p) {
		return n, fmt.Errorf("%d elements do not fit", count)
	}
	if count == 0 && len(p) >= pageHeader+elementSize && le.Uint64(p[pageHeader:])|le.Uint64(p[pageHeader+8:]) != 0 {
		return n, errors.New("an empty page holds data")
	}
	var last []byte
	for i := range count {
		at := pageHeader + i*elementSize
		e := p[at : at+elementSize]
		position, length := le.Uint32(e), uint64(le.Uint32(e[4:]))
		size := length
		if flags == leafPage {
			position, size = le.Uint32(e[4:]), uint64(le.Uint32(e[8:]))
			length = size + uint64(le.Uint32(e[12:]))
		}
		if uint64(at)+uint64(position) != uint64(end) || uint64(end)+length > uint64(len(p)) {
			return n, fmt.Errorf("element %d of %d is out of place", i, count)
		}
		next := end + int(length)
		key := p[end : end+int(size)]
		if i > 0 && bytes.Compare(key, last) <= 0 {
			return n, fmt.Errorf("element %d of %d is out of order", i, count)
		}
		switch {
		case flags == branchPage:
			n.keys, n.children = append(n.keys, string(key)), append(n.children, le.Uint64(e[8:]))
		case le.Uint32(e)&bucketFlag != 0:
			root, err := inline(p[end+int(size) : next])
			if err != nil {
				return n, fmt.Errorf("element %d: %w", i, err)
			}
			if root != 0 {
				n.roots = append(n.roots, root)
			}
		}
		if i == 0 {
			n.first = string(key)
		}
		last, end = key, next
	}
	n.last = string(last)
	return n, nil
}

// inline checks a table's value: small tables lie in it as a page of their own, others have a root page.
func inline(v []byte) (root uint64, err error) {
	if len(v) < tableHeader {
		return 0, fmt.Errorf("a table of %d bytes", len(v))
	}
	if root = binary.LittleEndian.Uint64(v); root != 0 {
		return root, nil
	}
	if len(v) < tableHeader+pageHeader {
		return 0, fmt.Errorf("a table of %d bytes", len(v))
	}
	_, err = layout(v[tableHeader:])
	return 0, err
}
