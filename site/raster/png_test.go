package raster

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"
)

// TestEncoded compares what image/png reads of pictures with what was drawn: of one pixel, of a row, of noise that Deflate cannot shorten
// and that fills several of its blocks, and one that can be seen through. Each is encoded twice, since encoders are used again.
func TestEncoded(t *testing.T) {
	for _, c := range []struct {
		width, height int
		ground        color.Color
		noise         bool
	}{
		{1, 1, color.White, false},
		{1200, 1, color.Black, false},
		{1, 700, color.White, true},
		{331, 257, color.NRGBA{1, 2, 3, 255}, true},
		{1200, 630, color.White, false},
		{32, 32, color.Transparent, false},
	} {
		drawing := newCanvas(c.width, c.height, c.ground)
		if c.noise {
			state := uint32(1)
			for i := range drawing.Pix {
				if state = state*1664525 + 1013904223; i%4 != 3 {
					drawing.Pix[i] = byte(state >> 24)
				}
			}
		}
		first, err := encoded(drawing)
		if err != nil {
			t.Fatal(err)
		}
		again, err := encoded(drawing)
		if err != nil || !bytes.Equal(first, again) {
			t.Errorf("%d by %d pixels: another encoding has other bytes (error %v)", c.width, c.height, err)
		}
		read, err := png.Decode(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("%d by %d pixels: %v", c.width, c.height, err)
		}
		got := image.NewRGBA(read.Bounds())
		draw.Draw(got, got.Bounds(), read, image.Point{}, draw.Src)
		if got.Bounds() != drawing.Bounds() || !bytes.Equal(got.Pix, drawing.Pix) {
			t.Errorf("%d by %d pixels come back as others", c.width, c.height)
		}
		drawing.release()
	}
}

// TestCanvasAgain: a canvas in the memory of a larger one has nothing of its picture.
func TestCanvasAgain(t *testing.T) {
	want, err := Icon(`<svg><rect x="4" y="4" width="9" height="9" fill="#00ff00"/></svg>`, 16)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Card("a site", "a title"); err != nil {
		t.Fatal(err)
	}
	got, err := Icon(`<svg><rect x="4" y="4" width="9" height="9" fill="#00ff00"/></svg>`, 16)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the icon is another one (error %v)", err)
	}
}
