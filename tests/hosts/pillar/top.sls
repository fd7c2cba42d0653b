base:
  '*':
    - estate
