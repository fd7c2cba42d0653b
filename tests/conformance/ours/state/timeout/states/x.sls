slow:
  file.managed:
    - name: '@SCRATCH@/file'
    - contents: x
    - check_cmd: sh -c 'sleep 60'
    - timeout: 0.5
    - kill_after: 0.2
deaf:
  file.managed:
    - name: '@SCRATCH@/file'
    - contents: x
    - check_cmd: sh -c 'trap "" TERM; sleep 60'
    - timeout: 0.5
    - kill_after: 0.2
quick:
  file.absent:
    - name: '@SCRATCH@/none'
    - timeout: 30
bad:
  file.absent:
    - name: '@SCRATCH@/none'
    - timeout: soon
after:
  test.nop:
    - require:
      - file: slow
