{{ odict(['a']) }}
