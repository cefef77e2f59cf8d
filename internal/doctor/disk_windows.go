package doctor

import "golang.org/x/sys/windows"

// free is how many bytes a user may still write on the disk of a path.
func free(path string) (int64, error) {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var n uint64
	err = windows.GetDiskFreeSpaceEx(p, &n, nil, nil)
	return int64(n), err
}

// writable cannot be known on Windows without making a file.
func writable(string) bool { return true }
