{{ pillar.nope.x }}
