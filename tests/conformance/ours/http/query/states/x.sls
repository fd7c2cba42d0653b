http://127.0.0.1:1/:
  http.query:
    - status: 200
    - match: alive
nothing:
  http.query:
    - name: http://127.0.0.1:1/
several:
  http.query:
    - name: http://127.0.0.1:1/
    - status: [200, 201]
    - status_type: list
pattern:
  http.query:
    - name: http://127.0.0.1:1/
    - status: '^2'
    - status_type: pcre
    - match: 'a.*b'
    - match_type: pcre
