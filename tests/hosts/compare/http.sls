# Questions to a web server.
# before: mkdir -p /srv/www; echo 'it works, number 42' > /srv/www/page; printf '[Service]\nExecStart=/usr/bin/python3 -m http.server 8000 --bind 127.0.0.1 -d /srv/www\n' > /etc/systemd/system/www.service; systemctl start www; until curl -s -o /dev/null http://127.0.0.1:8000/page; do sleep 0.1; done
http://127.0.0.1:8000/page:
  http.query:
    - status: 200

a word:
  http.query:
    - name: http://127.0.0.1:8000/page
    - match: works

a pattern:
  http.query:
    - name: http://127.0.0.1:8000/page
    - match: 'number \d+'
    - match_type: pcre
    - status: 200

not in it:
  http.query:
    - name: http://127.0.0.1:8000/page
    - match: nothing

not found:
  http.query:
    - name: http://127.0.0.1:8000/none
    - status: 404

another status:
  http.query:
    - name: http://127.0.0.1:8000/page
    - status: [201, 202]
    - status_type: list

waits:
  http.wait_for_successful_query:
    - name: http://127.0.0.1:8000/page
    - wait_for: 3
    - status: 200

waits in vain:
  http.wait_for_successful_query:
    - name: http://127.0.0.1:8000/none
    - wait_for: 1
    - status: 200

nobody there:
  http.query:
    - name: http://127.0.0.1:9/
    - status: 200
