//! YAML 1.1 as Salt reads it (granit-parser events, our resolver and composer, positions) and the emitter.
