# Packages of Ruby and Node, from files that lie on the machine.
# packages: ruby npm
# differs: gem.: Salt 3008 brings no states of gems any more; formulas use them
# differs: npm.: Salt 3008 brings no states of npm any more; formulas use them
# differs: /var/lib/gems: Salt 3008 brings no states of gems any more
# differs: /usr/local: Salt 3008 brings no states of npm and gems any more
# differs: /srv/app: Salt 3008 brings no states of npm any more
# differs: /root/: Salt 3008 brings no states of npm and gems any more
# before: mkdir -p /opt/gem && cd /opt/gem && for v in 1.0 1.1; do printf 'Gem::Specification.new{|s| s.name="compared"; s.version="%s"; s.summary="x"; s.authors=["a"]; s.files=[]; s.license="MIT"; s.homepage="http://localhost"}\n' $v > s.gemspec; gem build -q s.gemspec; done; gem install -q --local /opt/gem/compared-1.0.gem; mkdir -p /opt/repo/gems && cp /opt/gem/*.gem /opt/repo/gems && gem generate_index -q -d /opt/repo
# before: mkdir -p /opt/npm /srv/app && cd /opt/npm && printf '{"name":"compared","version":"1.0.0"}' > package.json && npm pack --silent && printf '{"name":"app","version":"1.0.0","dependencies":{"compared":"file:/opt/npm/compared-1.0.0.tgz"}}' > /srv/app/package.json
compared:
  gem.installed:
    - version: '1.1'
    - source: file:///opt/repo

nowhere:
  gem.removed: []

file:///opt/repo:
  gem.sources_add: []

file:///srv/none:
  gem.sources_remove: []

/opt/npm/compared-1.0.0.tgz:
  npm.installed: []

never there:
  npm.removed: []

/srv/app:
  npm.bootstrap: []

the cache:
  npm.cache_cleaned:
    - force: True
