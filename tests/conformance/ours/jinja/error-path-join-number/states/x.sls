{{ '/a' | path_join(5) }}
