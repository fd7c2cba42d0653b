# Beacons, schedules and events, which belong to the agent: here as `salt-call` without one has them.
# differs: beacon.: Salt stops with an error of Python where no agent runs
# differs: test result schedule.present: test mode of Salt calls a change that it foretells a success
# differs: schedule.present: Salt keeps a schedule in its agent only; ours in a file that the agent reads
# differs: _schedule.conf: Salt keeps a schedule in its agent only
# differs: beacons.conf: Salt stops with an error of Python where no agent runs
a job:
  schedule.present:
    - function: test.ping
    - seconds: 3600

no job:
  schedule.absent: []

asleep:
  schedule.disabled:
    - name: no job

awake:
  schedule.enabled:
    - name: no job

load:
  beacon.present:
    - save: True
    - averages: {1m: [0.0, 2.0]}

nothing:
  beacon.absent: []

quiet:
  beacon.disabled:
    - name: nothing

loud:
  beacon.enabled:
    - name: nothing

told:
  event.send:
    - name: compare/told
    - data: {a: 1}
    - with_grains: [os]

told by its older name:
  event.fire_master:
    - name: compare/fired
    - data: {a: 1}

fired:
  test.nop:
    - fire_event: True
