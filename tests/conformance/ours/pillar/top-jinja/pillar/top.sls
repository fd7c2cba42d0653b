base:
  '{{ grains.id }}':
    - a
{% if grains.os %}  '*':
    - b
{% endif %}