package photo

import "math"

// earth is the mean radius of the earth in metres.
const earth = 6_371_008.8

// Apart is the distance of two places in metres along the surface of the earth, of which it takes 0.5 % for a sphere's
// sake; coordinates are in degrees. Both must be of one system: phones write WGS-84 into photos, Chinese maps show GCJ-02,
// and the two are up to 700 m apart.
func Apart(lat1, lng1, lat2, lng2 float64) float64 {
	const radian = math.Pi / 180
	dLat, dLng := (lat2-lat1)*radian/2, (lng2-lng1)*radian/2
	h := math.Pow(math.Sin(dLat), 2) + math.Cos(lat1*radian)*math.Cos(lat2*radian)*math.Pow(math.Sin(dLng), 2)
	return 2 * earth * math.Asin(math.Sqrt(min(h, 1)))
}
