web:
  port: 8080
  workers: {{ grains['num_cpus'] * 2 }}
  vhosts:
    shop.example.com: {root: /srv/shop}
    blog.example.com: {root: /srv/blog}
