# SELinux as far as it goes where the kernel has none: the policy that is kept on the disk.
# packages: selinux-policy-default policycoreutils policycoreutils-python-utils selinux-utils
# differs: test changes selinux.: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: selinux.module_remove: a module that is not there is removed already; Salt fails over it
# differs: test result selinux.module_install: test mode does not read the file that is to be installed; Salt fails over its suffix alone
# differs: /var/lib/selinux/: what a failed transaction of semodule leaves behind
# differs: /etc/selinux/config: Salt writes down the mode of the next boot although it could not be set
/srv/web(/.*)?:
  selinux.fcontext_policy_present:
    - sel_type: httpd_sys_content_t

/srv/none(/.*)?:
  selinux.fcontext_policy_absent:
    - sel_type: httpd_sys_content_t

/srv/web:
  selinux.fcontext_policy_applied: []

a port:
  selinux.port_policy_present:
    - name: tcp/9980
    - sel_type: http_port_t

no port:
  selinux.port_policy_absent:
    - name: tcp/9981
    - sel_type: http_port_t

httpd_can_network_connect:
  selinux.boolean:
    - value: True
    - persist: True

apache:
  selinux.module:
    - module_state: disabled

enforcing:
  selinux.mode: []

/srv/none.pp:
  selinux.module_install: []

nosuchmodule:
  selinux.module_remove: []
