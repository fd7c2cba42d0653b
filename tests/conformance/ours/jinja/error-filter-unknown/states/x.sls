{{ 'x' | nofilter }}
