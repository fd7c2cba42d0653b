{{ 5 | quote }}
