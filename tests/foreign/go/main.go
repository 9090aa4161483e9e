// SPDX-License-Identifier: AGPL-3.0-or-later

// A judge that is not ours: Go's reference implementation of transparency logs, golang.org/x/mod/sumdb.
//
// It reads a JSON list of claims from standard input and writes a JSON list of verdicts: "" for a claim that holds, else
// why not. Hashes are base64. It shares no code with Demur, so a mistake in our reading of RFC 6962 shows here.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type claim struct {
	Kind    string   `json:"kind"`
	Vkey    string   `json:"vkey"`
	Note    string   `json:"note"`
	Text    string   `json:"text"`
	Leaf    string   `json:"leaf"`
	Index   int64    `json:"index"`
	Size    int64    `json:"size"`
	Root    string   `json:"root"`
	OldSize int64    `json:"old_size"`
	OldRoot string   `json:"old_root"`
	Proof   []string `json:"proof"`
	Leaves  []string `json:"leaves"`
}

func hash(text string) (tlog.Hash, error) {
	var result tlog.Hash
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) != tlog.HashSize {
		return result, fmt.Errorf("%q is not a hash", text)
	}
	copy(result[:], data)
	return result, nil
}

func hashes(texts []string) ([]tlog.Hash, error) {
	var result []tlog.Hash
	for _, text := range texts {
		h, err := hash(text)
		if err != nil {
			return nil, err
		}
		result = append(result, h)
	}
	return result, nil
}

func judgeNote(c claim) error {
	verifier, err := note.NewVerifier(c.Vkey)
	if err != nil {
		return err
	}
	opened, err := note.Open([]byte(c.Note), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	if opened.Text != c.Text {
		return fmt.Errorf("the note's text is another")
	}
	return nil
}

// A checkpoint's text is that of a Go tree note but for its first line, which names the log.
func judgeCheckpoint(c claim) error {
	if err := judgeNote(c); err != nil {
		return err
	}
	lines := strings.SplitN(c.Text, "\n", 2)
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + lines[1]))
	if err != nil {
		return err
	}
	root, err := hash(c.Root)
	if err != nil {
		return err
	}
	if tree.N != c.Size || tree.Hash != root {
		return fmt.Errorf("the checkpoint names another tree")
	}
	return nil
}

func judgeInclusion(c claim) error {
	proof, err := hashes(c.Proof)
	if err != nil {
		return err
	}
	root, err := hash(c.Root)
	if err != nil {
		return err
	}
	leaf, err := hash(c.Leaf)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, c.Size, root, c.Index, leaf)
}

func judgeConsistency(c claim) error {
	proof, err := hashes(c.Proof)
	if err != nil {
		return err
	}
	root, err := hash(c.Root)
	if err != nil {
		return err
	}
	old, err := hash(c.OldRoot)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, c.Size, root, c.OldSize, old)
}

// The root over entries, computed by Go from nothing but their bytes.
func judgeRoot(c claim) error {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for n, text := range c.Leaves {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return err
		}
		more, err := tlog.StoredHashes(int64(n), data, reader)
		if err != nil {
			return err
		}
		stored = append(stored, more...)
	}
	root, err := tlog.TreeHash(int64(len(c.Leaves)), reader)
	if err != nil {
		return err
	}
	if base64.StdEncoding.EncodeToString(root[:]) != c.Root {
		return fmt.Errorf("the root is another")
	}
	return nil
}

func judge(c claim) error {
	switch c.Kind {
	case "note":
		return judgeNote(c)
	case "checkpoint":
		return judgeCheckpoint(c)
	case "inclusion":
		return judgeInclusion(c)
	case "consistency":
		return judgeConsistency(c)
	case "root":
		return judgeRoot(c)
	}
	return fmt.Errorf("no such kind of claim: %q", c.Kind)
}

func main() {
	var claims []claim
	if err := json.NewDecoder(os.Stdin).Decode(&claims); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	verdicts := make([]string, len(claims))
	for i, c := range claims {
		if err := judge(c); err != nil {
			verdicts[i] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		os.Exit(2)
	}
}
