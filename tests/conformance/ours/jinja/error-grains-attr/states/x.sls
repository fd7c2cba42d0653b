{{ grains.nope.x }}
