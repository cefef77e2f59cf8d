-- The hash of a photo stands beside its bands, so that photos which share a band and nothing else are left out by the index alone.
CREATE TABLE photo_hashes (
  band INTEGER NOT NULL,
  phash BIGINT NOT NULL,
  photo_id BIGINT NOT NULL,
  PRIMARY KEY (band, phash, photo_id)
);
INSERT INTO photo_hashes (band, phash, photo_id) SELECT b.band, p.phash, b.photo_id FROM photo_bands b JOIN photos p ON p.id = b.photo_id;
DROP TABLE photo_bands;
