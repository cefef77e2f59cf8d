package main

import (
	"debug/elf"
	"debug/pe"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRelease looks at the builds in the folder that DUBAN_DIST names, as .ci/run makes them: each is for its machine, and needs nothing
// that the machine may not have.
func TestRelease(t *testing.T) {
	dist := os.Getenv("DUBAN_DIST")
	if dist == "" {
		t.Skip("DUBAN_DIST names no builds; .ci/run release makes them")
	}
	for target, machine := range map[string]elf.Machine{"linux-amd64": elf.EM_X86_64, "linux-arm64": elf.EM_AARCH64, "linux-loong64": elf.EM_LOONGARCH} {
		t.Run(target, func(t *testing.T) { checkELF(t, build(t, dist, target), machine) })
	}
	t.Run("windows-amd64", func(t *testing.T) { checkPE(t, build(t, dist, "windows-amd64.exe")) })
}

func build(t *testing.T, dist, target string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dist, "duban-*"+target))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	return files[0]
}

func checkELF(t *testing.T, file string, machine elf.Machine) {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Machine != machine || f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		t.Errorf("%v %v", f.Machine, f.Type)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("it is not static: %v", p.Type)
		}
	}
	if libs, err := f.ImportedLibraries(); err == nil && len(libs) > 0 {
		t.Errorf("it needs %v", libs)
	}
	if f.Section(".symtab") != nil || f.Section(".debug_info") != nil {
		t.Error("it is not stripped")
	}
}

func checkPE(t *testing.T, file string) {
	t.Helper()
	f, err := pe.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Machine != pe.IMAGE_FILE_MACHINE_AMD64 {
		t.Errorf("machine %x", f.Machine)
	}
	if _, console := f.OptionalHeader.(*pe.OptionalHeader64); !console {
		t.Errorf("header %T", f.OptionalHeader)
	}
	libs, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	for _, lib := range libs {
		if !strings.EqualFold(lib, "kernel32.dll") {
			t.Errorf("it needs %s", lib)
		}
	}
}
