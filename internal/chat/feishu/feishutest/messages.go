package feishutest

import (
	"encoding/json"
	"strings"
)

// Group is a message of a group.
func Group(chat, kind string, content any) map[string]any {
	data, err := json.Marshal(content)
	if err != nil {
		panic(err) // the test's own words
	}
	return map[string]any{"chat_id": chat, "chat_type": "group", "message_type": kind, "content": string(data), "create_time": "1764000000000"}
}

// Private is a text to the bot alone.
func Private(text string) map[string]any {
	m := Group("oc_private", "text", map[string]string{"text": text})
	m["chat_type"] = "p2p"
	return m
}

// Text is a text of a group that mentions the bot.
func Text(chat, text string) map[string]any {
	return Mentioning(Group(chat, "text", map[string]string{"text": "@_user_1 " + text}))
}

// Image is a picture by itself.
func Image(chat, key string) map[string]any {
	return Group(chat, "image", map[string]string{"image_key": key})
}

// Mentioning makes @_user_1 of a message the bot.
func Mentioning(m map[string]any) map[string]any {
	m["mentions"] = []any{map[string]any{"key": "@_user_1", "id": map[string]string{"open_id": Bot}, "name": "督办"}}
	return m
}

// Post is a rich text that mentions the bot, with pictures below.
func Post(chat, text string, pictures ...string) map[string]any {
	type span map[string]string
	rows := [][]span{{{"tag": "at", "user_id": "@_user_1"}, {"tag": "text", "text": " "}}}
	for n, line := range strings.Split(text, "\n") {
		if n > 0 {
			rows = append(rows, nil)
		}
		rows[n] = append(rows[n], span{"tag": "text", "text": line})
	}
	for _, key := range pictures {
		rows = append(rows, []span{{"tag": "img", "image_key": key}})
	}
	return Mentioning(Group(chat, "post", map[string]any{"title": "", "content": rows}))
}
