by_name:
  file.retention_schedule:
    - name: '@SCRATCH@/b'
    - strptime_format: db-%Y%m%dT%H%M%S.tar
    - retain:
        most_recent: 2
        first_of_day: 2
        first_of_week: 1
        first_of_month: 3
all:
  file.retention_schedule:
    - name: '@SCRATCH@/c'
    - strptime_format: '%Y-%m-%d'
    - retain: {first_of_year: all}
nothing:
  file.retention_schedule:
    - name: '@SCRATCH@/nothing'
    - retain: {most_recent: 1}
