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

{{- /* Where clients and operators are served: what is written in config wins. */}}
{{- define "jackfield.listen" -}}
{{- dig "server" "listen" "0.0.0.0:8080" .Values.config }}
{{- end }}

{{- define "jackfield.adminListen" -}}
{{- dig "server" "admin" "listen" (printf "0.0.0.0:%d" (int .Values.admin.port)) .Values.config }}
{{- end }}

{{- /* The port of an address: 8080 of 0.0.0.0:8080 or [::]:8080. */}}
{{- define "jackfield.portOf" -}}
{{- splitList ":" . | last }}
{{- end }}

{{- define "jackfield.storage" -}}
{{- if dig "storage" "url" "" .Values.config }}{{ .Values.config.storage.url }}
{{- else if or .Values.database.url .Values.database.existingSecret.name }}${env:DATABASE_URL}
{{- else if .Values.persistence.enabled }}sqlite:jackfield.db
{{- else }}none
{{- end }}
{{- end }}

{{- /* How a pod is asked: (context, path, further argument). Behind TLS, which may demand a certificate, the program asks itself. */}}
{{- define "jackfield.probe" -}}
{{- $root := index . 0 }}
{{- if dig "server" "tls" "" $root.Values.config }}
exec: { command: {{ concat (list "/usr/bin/jackfield" "health") (slice . 2) | toJson }} }
timeoutSeconds: 5
{{- else }}
httpGet: { path: {{ index . 1 }}, port: http }
timeoutSeconds: 2
{{- end }}
{{- end }}

{{- define "jackfield.check" -}}
{{- $several := or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled }}
{{- $storage := include "jackfield.storage" . | trim }}
{{- $alone := or (eq $storage "none") (hasPrefix "sqlite:" $storage) (hasPrefix "sqlite:" .Values.database.url) }}
{{- if and $several $alone }}
{{- fail "several pods need one database: set database.url or database.existingSecret.name to that of PostgreSQL; SQLite serves one pod" }}
{{- end }}
{{- range list (include "jackfield.listen" .) (include "jackfield.adminListen" .) }}
{{- if or (hasPrefix "127." .) (hasPrefix "[::1]" .) }}
{{- fail (printf "no service reaches %s: write 0.0.0.0 and the port as config.server.listen and config.server.admin.listen" .) }}
{{- end }}
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
{{- $server := dict "listen" (include "jackfield.listen" .) "drain_timeout" (printf "%ds" (int .Values.drainSeconds)) }}
{{- if .Values.admin.enabled }}
{{- $_ := set $server "admin" (dict "listen" (include "jackfield.adminListen" .) "token" "${env:JACKFIELD_ADMIN_TOKEN}") }}
{{- end }}
{{- $storage := dict "url" (include "jackfield.storage" . | trim) }}
{{- $added := dict "server" $server "storage" $storage }}
{{- if or .Values.redis.url .Values.redis.existingSecret.name }}
{{- $_ := set $added "limits" (dict "url" "${env:REDIS_URL}") }}
{{- end }}
{{- mergeOverwrite $added (deepCopy .Values.config) | toYaml }}
{{- end }}
