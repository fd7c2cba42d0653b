sites:
  - name: example.com
    aliases: [www.example.com, x.example.com]
    options: {ssl: true, gzip: false, index: [index.html, index.php], root: /srv/www}
  - {name: b.org}
