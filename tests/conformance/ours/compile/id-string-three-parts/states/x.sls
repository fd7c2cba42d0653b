a: test.nop.x
