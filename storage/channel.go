package storage

// The channels on which a store notifies listeners. A listener without a connection loses
// notifications, so listeners poll too.
const (
	// CatalogueChannel carries the version of every committed write.
	CatalogueChannel = "catalogue"
	// IndexedChannel carries the indexed version.
	IndexedChannel = "indexed"
	// FlushChannel carries the position that a flush has in the flush log.
	FlushChannel = "counted"
)
