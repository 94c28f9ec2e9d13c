// Package observe is what operators see of a running process: its metrics, its
// probes, its traces and its log. The packages below it count in plain numbers
// and know nothing of it.
package observe
