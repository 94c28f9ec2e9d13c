package storage

// Channels on which a store tells listeners a version. What was told while a
// listener was cut off is lost to it, so listeners also ask from time to time.
const (
	// CatalogueChannel tells of every committed write.
	CatalogueChannel = "catalogue"
	// IndexedChannel tells how far the live search index has come.
	IndexedChannel = "indexed"
	// FlushChannel carries the position that a flush has in the flush log.
	FlushChannel = "counted"
)
