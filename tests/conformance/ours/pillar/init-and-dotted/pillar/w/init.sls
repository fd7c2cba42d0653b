a: {{ sls }}
t: {{ tpldir }}
