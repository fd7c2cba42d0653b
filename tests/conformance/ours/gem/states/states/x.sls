new:
  gem.installed:
    - name: bundler
    - version: 2.5.4
    - ri: True
there:
  gem.installed:
    - name: rake
    - version: '>= 12.0'
fails:
  gem.installed:
    - name: broken
gone:
  gem.removed:
    - name: old
nothing:
  gem.removed:
    - name: nothing
source:
  gem.sources_add:
    - name: https://gems.example.org/
no_source:
  gem.sources_remove:
    - name: https://rubygems.org/
