{{- define "jackfield.name" -}}
{{- if contains "jackfield" .Release.Name }}{{ .Release.Name }}{{ else }}{{ printf "%s-jackfield" .Release.Name }}{{ end }}
{{- end }}

{{- define "jackfield.selector" -}}
app.kubernetes.io/name: jackfield
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "jackfield.labels" -}}
{{ include "jackfield.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "jackfield.hasDatabase" -}}
{{- if or .Values.database.url .Values.database.existingSecret.name .Values.config.storage }}true{{ end }}
{{- end }}

{{- define "jackfield.check" -}}
{{- $several := or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled }}
{{- if and $several (not (include "jackfield.hasDatabase" .)) }}
{{- fail "several pods need one database: set database.url or database.existingSecret.name" }}
{{- end }}
{{- if and $several .Values.persistence.enabled }}
{{- fail "persistence is for one pod: several cannot share its volume" }}
{{- end }}
{{- if and .Values.admin.enabled (not .Values.admin.existingSecret.name) }}
{{- fail "admin.enabled needs a token: set admin.existingSecret.name" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled (not .Values.admin.enabled) }}
{{- fail "serviceMonitor.enabled needs admin.enabled" }}
{{- end }}
{{- end }}

{{- /* What the chart adds to the configuration. What is written in config wins. */}}
{{- define "jackfield.config" -}}
{{- $server := dict "listen" "0.0.0.0:8080" "drain_timeout" (printf "%ds" (int .Values.drainSeconds)) }}
{{- if .Values.admin.enabled }}
{{- $listen := printf "0.0.0.0:%d" (int .Values.admin.port) }}
{{- $_ := set $server "admin" (dict "listen" $listen "token" "${env:JACKFIELD_ADMIN_TOKEN}") }}
{{- end }}
{{- $storage := dict "url" "none" }}
{{- if or .Values.database.url .Values.database.existingSecret.name }}
{{- $storage = dict "url" "${env:DATABASE_URL}" }}
{{- else if .Values.persistence.enabled }}
{{- $storage = dict "url" "sqlite:jackfield.db" }}
{{- end }}
{{- $added := dict "server" $server "storage" $storage }}
{{- if or .Values.redis.url .Values.redis.existingSecret.name }}
{{- $_ := set $added "limits" (dict "url" "${env:REDIS_URL}") }}
{{- end }}
{{- mergeOverwrite $added (deepCopy .Values.config) | toYaml }}
{{- end }}
