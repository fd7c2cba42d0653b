b: {{ sls }}|{{ slspath }}|{{ tplfile }}
