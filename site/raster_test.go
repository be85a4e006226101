package site

import (
	"image/color"
	"testing"
)

// TestRaster draws a box, a line and what a clip cuts off, and reads the pixels inside and outside of them.
func TestRaster(t *testing.T) {
	c := newCanvas(20, 20, color.White)
	const drawing = `<svg width="20" height="20"><rect x="2" y="2" width="6" height="4" fill="#ff0000"/>` +
		`<path d="M2 12L18 12" stroke="#0000ff" stroke-width="2" fill="none"/></svg>`
	within := c.Bounds()
	within.Max.X = 15
	if err := c.svg(drawing, matrix{1, 0, 0, 1, 0, 0}, within); err != nil {
		t.Fatal(err)
	}
	white, red, blue := color.RGBA{255, 255, 255, 255}, color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}
	for at, want := range map[[2]int]color.RGBA{
		{1, 3}: white, {2, 2}: red, {7, 5}: red, {8, 3}: white, {4, 6}: white, {4, 1}: white,
		{5, 10}: white, {5, 11}: blue, {5, 12}: blue, {5, 13}: white, {1, 12}: white, {14, 12}: blue, {16, 12}: white,
	} {
		if got := c.RGBAAt(at[0], at[1]); got != want {
			t.Errorf("pixel %d, %d is %v, want %v", at[0], at[1], got, want)
		}
	}
}
