package bolt

import (
	"encoding/binary"
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

// checkLayout demands that on every page in use the elements fill their data without gaps. bbolt keeps no checksums and
// believes a page's count: one flipped bit there would let rows vanish without an error, and sums be wrong.
func checkLayout(db *bbolt.DB, f io.ReaderAt) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged("", r)
		}
	}()
	size := db.Info().PageSize
	return db.View(func(t *bbolt.Tx) error {
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
				if err := layout(p); err != nil {
					return damaged("", fmt.Errorf("page %d: %w", id, err))
				}
			}
			id += 1 + info.OverflowCount
		}
		return nil
	})
}

// layout checks one page, its overflow included, and the tables that lie within its values.
func layout(p []byte) error {
	le := binary.LittleEndian
	flags, count := le.Uint16(p[8:]), int(le.Uint16(p[10:]))
	if flags != leafPage && flags != branchPage {
		return fmt.Errorf("flags %#x", flags)
	}
	end := pageHeader + count*elementSize
	if end > len(p) {
		return fmt.Errorf("%d elements do not fit", count)
	}
	if count == 0 && len(p) >= pageHeader+elementSize && le.Uint64(p[pageHeader:])|le.Uint64(p[pageHeader+8:]) != 0 {
		return fmt.Errorf("an empty page holds data")
	}
	for i := range count {
		at := pageHeader + i*elementSize
		e := p[at : at+elementSize]
		position, length := le.Uint32(e), uint64(le.Uint32(e[4:]))
		key := length
		if flags == leafPage {
			position, key = le.Uint32(e[4:]), uint64(le.Uint32(e[8:]))
			length = key + uint64(le.Uint32(e[12:]))
		}
		if uint64(at)+uint64(position) != uint64(end) || uint64(end)+length > uint64(len(p)) {
			return fmt.Errorf("element %d of %d is out of place", i, count)
		}
		next := end + int(length) //nolint:gosec // bounded by the page above
		if flags == leafPage && le.Uint32(e)&bucketFlag != 0 {
			if err := inline(p[end+int(key) : next]); err != nil { //nolint:gosec // part of length
				return fmt.Errorf("element %d: %w", i, err)
			}
		}
		end = next
	}
	return nil
}

// inline checks a table's value: small tables lie in it as a page of their own.
func inline(v []byte) error {
	if len(v) < tableHeader {
		return fmt.Errorf("a table of %d bytes", len(v))
	}
	if binary.LittleEndian.Uint64(v) != 0 {
		return nil // the table has pages
	}
	if len(v) < tableHeader+pageHeader {
		return fmt.Errorf("a table of %d bytes", len(v))
	}
	return layout(v[tableHeader:])
}
