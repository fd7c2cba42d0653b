{{ pillar['nope'] }}
