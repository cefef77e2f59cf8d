package photo

import (
	"math"
	"testing"
)

func TestApart(t *testing.T) {
	for _, tt := range []struct {
		name                   string
		lat1, lng1, lat2, lng2 float64
		want, within           float64 // metres
	}{
		{"the same place", 33.1, 116.4, 33.1, 116.4, 0, 0},
		{"a thousandth of a degree north", 33, 116, 33.001, 116, 111.2, 0.1},
		{"a thousandth of a degree east", 33, 116, 33, 116.001, 93.3, 0.1},
		{"Tian'anmen to the Bund", 39.9087, 116.3975, 31.2400, 121.4900, 1_067_500, 3_000},
		{"over the date line", 0, 179.9995, 0, -179.9995, 111.2, 0.1},
		{"to the other side of the world", 0, 0, 0, 180, math.Pi * 6_371_008.8, 1},
		{"the same, where rounding goes beyond it", 60.500560304048065, 107.93232287582566, -60.500560304048065, -72.06767712417434, math.Pi * 6_371_008.8, 1},
		{"from pole to pole", 90, 0, -90, 77, math.Pi * 6_371_008.8, 1},
	} {
		got, back := Apart(tt.lat1, tt.lng1, tt.lat2, tt.lng2), Apart(tt.lat2, tt.lng2, tt.lat1, tt.lng1)
		if !(math.Abs(got-tt.want) <= tt.within) || math.Abs(got-back) > 1e-6 {
			t.Errorf("%s: %.1f m and back %.1f m, want %.1f", tt.name, got, back, tt.want)
		}
	}
}
