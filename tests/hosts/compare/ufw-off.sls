# The uncomplicated firewall, switched off.
# packages: ufw
# differs: ufw.: Salt 3008 brings no states of ufw any more; formulas use them
# differs: /etc/ufw: Salt 3008 brings no states of ufw any more
# differs: packet filter: Salt 3008 brings no states of ufw any more
# differs: kernel variables: Salt 3008 brings no states of ufw any more
# before: ufw --force enable
switched off:
  ufw.disabled: []
