package reference

import (
	"image/color"

	"github.com/boombuler/barcode/qr"

	"github.com/voldaan/voldaan/backend/fault"
)

// Square is a QR code: Dark[y][x] says which of its modules are dark. It has no margin of its own: leave four modules of
// white around it (Quiet).
type Square struct{ Dark [][]bool }

// Quiet is the width of the white margin around a square, in modules.
const Quiet = 4

// maxModules is the width of a version 13 code, the largest that EPC069-12 allows.
const maxModules = 17 + 4*13

// QR is the square for a transfer's payload, with error correction M as banks want it.
func QR(payload string) (Square, error) {
	code, err := qr.Encode(payload, qr.M, qr.Unicode)
	if err != nil {
		return Square{}, fault.Wrap(err, fault.Invalid, "reference.qr", "these details do not fit into a QR code")
	}
	n := code.Bounds().Dx()
	if n > maxModules {
		return Square{}, fault.Invalidf("reference.qr", "these details do not fit into a QR code")
	}
	s := Square{Dark: make([][]bool, n)}
	for y := range n {
		s.Dark[y] = make([]bool, n)
		for x := range n {
			s.Dark[y][x] = code.At(x, y) == color.Black
		}
	}
	return s, nil
}

// Size is the number of modules on a side.
func (s Square) Size() int { return len(s.Dark) }
